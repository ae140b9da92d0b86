"""django-scim2 where its documentation puts it, and an address that answers as soon as there is a server."""

from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("", lambda _: HttpResponse("here")),
    path("scim/v2/", include("django_scim.urls")),
]
