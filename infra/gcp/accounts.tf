# One account for each function, with what its code asks for and nothing else (functions/README.md
# has the list, tests/infra compares them). docs/deploy-gcp.md says why each is needed.

locals {
  # Who writes the table, and who may also remove rows of it. IAM knows nothing inside of a
  # database (decision 16), but it knows verbs.
  table_roles = {
    writer = {
      title       = "writes the state table"
      permissions = ["datastore.entities.create", "datastore.entities.get", "datastore.entities.list", "datastore.entities.update"]
    }
    keeper = {
      title       = "writes the state table, and removes what is over"
      permissions = ["datastore.entities.create", "datastore.entities.delete", "datastore.entities.get", "datastore.entities.list", "datastore.entities.update"]
    }
  }
  table_role_of = { poller = "keeper", launcher = "writer", reaper = "writer", watcher = "writer" }

  # Which topics each publishes to.
  publishers = {
    poller   = ["launch", "reap", "alerts"] # no poke: it looks again within its minute
    launcher = ["launch"]                   # an order that goes on with its next offering
    watcher  = ["poke", "alerts"]
  }
  publishes = merge([
    for name, topics in local.publishers : { for topic in topics : "${name}-${topic}" => { name = name, topic = topic } }
  ]...)
}

resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project
  account_id   = "${local.account}-${each.key}"
  display_name = "${local.prefix}: ${each.key}"
  description  = each.value.does
  depends_on   = [google_project_service.needed]
}

resource "google_service_account" "pusher" {
  project      = var.project
  account_id   = "${local.account}-pusher"
  display_name = "${local.prefix}: calls its functions for Pub/Sub"
  depends_on   = [google_project_service.needed]
}

resource "google_service_account" "ticker" {
  project      = var.project
  account_id   = "${local.account}-ticker"
  display_name = "${local.prefix}: calls the poller for Cloud Scheduler"
  depends_on   = [google_project_service.needed]
}

resource "google_project_iam_custom_role" "table" {
  for_each = local.table_roles

  project     = var.project
  role_id     = "${local.role}_${each.key}"
  title       = "${local.prefix}: ${each.value.title}"
  permissions = each.value.permissions
  depends_on  = [google_project_service.needed]
}

resource "google_project_iam_member" "table" {
  for_each = local.table_role_of

  project = var.project
  role    = google_project_iam_custom_role.table[each.value].id
  member  = google_service_account.function[each.key].member

  condition {
    title      = "its own database"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.table.name}\""
  }
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = local.publishes

  project = var.project
  topic   = "${local.prefix}-${each.value.topic}"
  role    = "roles/pubsub.publisher"
  member  = google_service_account.function[each.value.name].member

  depends_on = [google_pubsub_topic.messages, google_pubsub_topic.alerts]
}
