"""Google Cloud: Firestore, Pub/Sub, Compute Engine, secrets and events, behind the ports."""
