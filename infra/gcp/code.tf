# Where the archive lies, and who makes images of it.

resource "google_storage_bucket" "code" {
  project                     = var.project
  name                        = "${local.prefix}-${substr(sha256(var.project), 0, 8)}" # names are the whole world's
  location                    = var.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # it holds what `make package-gcp` makes again

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 30
    }
  }
  versioning {
    enabled = true
  }

  depends_on = [google_project_service.needed]
}

# Named after its content: without a change there is nothing to deploy.
resource "google_storage_bucket_object" "functions" {
  name   = "functions-${substr(filesha256("${var.package}/functions.zip"), 0, 16)}.zip"
  bucket = google_storage_bucket.code.name
  source = "${var.package}/functions.zip"
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = local.prefix
  description   = "Images of the autoscaler's functions, made by Cloud Build"
  format        = "DOCKER"
  labels        = local.labels

  cleanup_policies {
    id     = "keep-two"
    action = "KEEP"
    most_recent_versions {
      keep_count = 2
    }
  }
  cleanup_policies {
    id     = "delete-older"
    action = "DELETE"
    condition {
      older_than = "604800s"
    }
  }

  depends_on = [google_project_service.needed]
}

resource "google_service_account" "builder" {
  project      = var.project
  account_id   = "${local.account}-builder"
  display_name = "${local.prefix}: makes images of its functions"
  depends_on   = [google_project_service.needed]
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.code.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}

resource "google_project_iam_member" "builder_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

# Cloud Run functions keeps a copy of each source in a bucket of its own, and builds from there.
resource "google_project_iam_member" "builder_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.builder.member

  condition {
    title      = "sources of functions"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}\")"
  }
}
