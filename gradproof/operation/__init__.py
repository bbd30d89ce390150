"""An operation as two files: the record of its derivation, its layouts and its inputs."""
