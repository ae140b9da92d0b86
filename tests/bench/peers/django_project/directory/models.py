"""Users and groups with what django-scim2 asks of them, and an index for the one filter that is measured."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    """A group: a name."""

    name = models.CharField(max_length=254, unique=True)


class User(AbstractSCIMUserMixin, AbstractBaseUser):
    """A user with the columns that django-scim2's own adapter reads and writes."""

    username = models.CharField(max_length=254, unique=True)
    first_name = models.CharField(max_length=254, blank=True)
    last_name = models.CharField(max_length=254, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    scim_groups = models.ManyToManyField(Group, related_name="user_set")

    USERNAME_FIELD = "username"

    class Meta:
        """django-scim2 looks for UPPER(username): without this index it would read all users."""

        indexes = (models.Index(Upper("username"), name="user_by_name"),)
