# The four functions, from one archive, each as its own account. Nobody calls them but Pub/Sub and
# Cloud Scheduler: by IAM, and from inside of the project.

locals {
  # `timeout` in seconds; `most` instances at the same time, each with one message.
  functions = {
    poller = {
      does    = "Looks at queues and machines once a minute, and decides"
      timeout = 110 # while machines are on their way it ticks until its minute is over
      most    = 3
    }
    launcher = {
      does    = "Starts the machines of a launch"
      timeout = 90 # it waits for Google's operations (decision 19)
      most    = 5
    }
    reaper = {
      does    = "Drains and ends machines"
      timeout = 60
      most    = 5
    }
    watcher = {
      does    = "Writes what Compute Engine says of machines, and tells people of dead letters"
      timeout = 30
      most    = 5
    }
  }

  environment = { # nothing in it is secret
    GOOGLE_CLOUD_PROJECT = var.project
    DATABASE             = google_firestore_database.table.name
    PREFIX               = local.prefix
    ALERTS               = google_pubsub_topic.alerts.name
    CONFIG               = var.config_in_table ? "table:" : "autoscaler.json"
    CLEARML_API_HOST     = var.clearml_api_host
    LOG_EXECUTION_ID     = "true" # the runtime's own: which lines of a log are of one request
  }
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  project     = var.project
  location    = var.region
  name        = "${local.prefix}-${each.key}"
  description = each.value.does
  labels      = local.labels

  build_config {
    runtime           = var.runtime
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.builder.id
    source {
      storage_source {
        bucket = google_storage_bucket.code.name
        object = google_storage_bucket_object.functions.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    available_memory                 = "512Mi" # with it comes a third of a CPU
    timeout_seconds                  = each.value.timeout
    min_instance_count               = 0
    max_instance_count               = each.value.most
    max_instance_request_concurrency = 1
    ingress_settings                 = var.ingress
    all_traffic_on_latest_revision   = true
    environment_variables            = { for name, value in local.environment : name => value if value != "" }
    vpc_connector                    = var.vpc_connector == "" ? null : var.vpc_connector
    vpc_connector_egress_settings    = var.vpc_connector == "" ? null : var.vpc_egress
  }

  depends_on = [
    google_project_service.needed,
    google_artifact_registry_repository_iam_member.builder,
    google_project_iam_member.builder_logs,
    google_project_iam_member.builder_sources,
    google_storage_bucket_iam_member.builder,
  ]
}

# Every minute; a minute that was missed is the next one's.
resource "google_cloud_scheduler_job" "tick" {
  project          = var.project
  region           = var.region
  name             = "${local.prefix}-tick"
  description      = "One tick of the autoscaler"
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "120s"

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = google_cloudfunctions2_function.function["poller"].service_config[0].uri
    headers     = { Content-Type = "application/json" }
    body        = base64encode("{}")
    oidc_token {
      service_account_email = google_service_account.ticker.email
      audience              = google_cloudfunctions2_function.function["poller"].service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.ticker]
}

resource "google_cloud_run_v2_service_iam_member" "ticker" {
  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function["poller"].name
  role     = "roles/run.invoker"
  member   = google_service_account.ticker.member
}

resource "google_cloud_run_v2_service_iam_member" "pusher" {
  for_each = local.functions

  project  = var.project
  location = var.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.pusher.member
}
