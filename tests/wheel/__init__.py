"""The distribution refusalhub-client, as another code base gets it: built, installed and used."""
