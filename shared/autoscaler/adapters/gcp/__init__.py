"""Google Cloud: Firestore, Pub/Sub, Compute Engine, secrets and events, behind the ports."""

import warnings

# On Python 3.11 each of Google's clients says, at import, that it will need a newer one some day.
warnings.filterwarnings("ignore", "You are using a Python version", FutureWarning, r"google\.")
