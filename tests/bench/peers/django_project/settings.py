"""The settings of a project around django-scim2: what it cannot do without, and nothing that costs time.

The database is that of PGDATABASE, on the server of PGHOST and PGUSER. Each statement commits by itself, which is
Django's default; a connection is kept for as long as its thread lives.
"""

import os

SECRET_KEY = "the benchmark signs nothing"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "directory"]
MIDDLEWARE = ["directory.bearer.check"]
AUTH_USER_MODEL = "directory.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "CONN_MAX_AGE": None}
}
SCIM_SERVICE_PROVIDER = {
    "SCHEME": "http",
    "NETLOC": "127.0.0.1",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "One token"}],
    "GROUP_MODEL": "directory.models.Group",
}
BENCH_TOKEN = "a token of the benchmark"
