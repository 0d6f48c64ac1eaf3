"""The state table in Firestore."""

from autoscaler.adapters.gcp.firestore.calls import Database
from autoscaler.adapters.gcp.firestore.documents import INDEXES
from autoscaler.adapters.gcp.firestore.state import FirestoreState

__all__ = ["INDEXES", "Database", "FirestoreState"]
