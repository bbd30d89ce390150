"""The families of slips: each file knows where its slips occur and how each is mended."""
