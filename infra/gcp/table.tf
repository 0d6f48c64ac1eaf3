# The state table. docs/state-table-gcp.md tells what is in it. It outlives the deployment: Terraform
# lets go of it, and Google refuses to delete it until somebody lifts its protection.

resource "google_firestore_database" "table" {
  project                           = var.project
  name                              = local.prefix
  location_id                       = var.database_location == "" ? var.region : var.database_location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"
  point_in_time_recovery_enablement = var.database_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"

  depends_on = [google_project_service.needed]
}

# The history of one subject, newest first.
resource "google_firestore_index" "by_subject" {
  project    = var.project
  database   = google_firestore_database.table.name
  collection = "history"

  fields {
    field_path = "subject"
    order      = "ASCENDING"
  }
  fields {
    field_path = "row"
    order      = "DESCENDING"
  }
}

resource "google_firestore_field" "expires" {
  project    = var.project
  database   = google_firestore_database.table.name
  collection = "history"
  field      = "expires"
  ttl_config {}
}

# Long texts that nobody searches for (decision 16): their index would cost more than they do.
resource "google_firestore_field" "unindexed" {
  for_each = {
    request = "body"
    config  = "text"
    price   = "hourly"
    live    = "console"
  }

  project    = var.project
  database   = google_firestore_database.table.name
  collection = each.key
  field      = each.value
  index_config {}
}
