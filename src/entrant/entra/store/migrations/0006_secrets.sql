-- The secrets of an application, sealed, while they make no connection of a job: there is no job yet, or something is missing.

CREATE TABLE secrets (
    service_principal key_text PRIMARY KEY,
    sealed TEXT NOT NULL
);
