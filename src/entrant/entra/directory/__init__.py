"""What can be done with the emulated directory. Each function that changes it is one transaction.

Users, groups and applications are named by id, by UPN or by name. Refusals are `EntraError` with a sentence.
"""

from .apps import (
    Principal,
    assign,
    create_app,
    delete_app,
    list_apps,
    remove_assignment,
    unassign,
    update_app,
)
from .groups import (
    add_members,
    create_group,
    delete_group,
    list_members,
    remove_members,
    rename_group,
    update_group,
)
from .import_ import import_file
from .reading import all_members, counts, deltas, list_objects, page_of, position, search_page, walk
from .recycle import delete_user, list_deleted, purge_expired, purge_user, restore_user
from .seed import seed
from .users import create_user, set_manager, update_user

__all__ = [
    "Principal",
    "add_members",
    "all_members",
    "assign",
    "counts",
    "create_app",
    "create_group",
    "create_user",
    "delete_app",
    "delete_group",
    "delete_user",
    "deltas",
    "import_file",
    "list_apps",
    "list_deleted",
    "list_members",
    "list_objects",
    "page_of",
    "position",
    "purge_expired",
    "purge_user",
    "remove_assignment",
    "remove_members",
    "rename_group",
    "restore_user",
    "search_page",
    "seed",
    "set_manager",
    "unassign",
    "update_app",
    "update_group",
    "update_user",
    "walk",
]
