# What an operator may choose. What the configuration decides is in deployment.json of the package.

variable "project" {
  description = "The project of the functions, the state table and the messages"
  type        = string
  validation {
    condition     = can(regex("^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project: write a project's id, like my-project-42."
  }
}

variable "region" {
  description = "Where the functions run and the state table is kept; machines may be elsewhere"
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region: write a region, like europe-west4 (not a zone)."
  }
}

variable "package" {
  description = "The folder that `make package-gcp` has built: functions.zip and deployment.json"
  type        = string
  validation {
    condition     = fileexists("${var.package}/deployment.json") && fileexists("${var.package}/functions.zip")
    error_message = "package: functions.zip or deployment.json is missing there: run `make package-gcp` first."
  }
}

variable "alerts_email" {
  description = "Who gets alerts and notices by mail; \"\": nobody"
  type        = string
  default     = ""
  validation {
    condition     = var.alerts_email == "" || can(regex("^[^@[:space:]]+@[^@[:space:]]+$", var.alerts_email))
    error_message = "alerts_email: write an address, like ops@example.com."
  }
}

variable "notification_channels" {
  description = "Channels of Cloud Monitoring that get alerts, too (projects/P/notificationChannels/N)"
  type        = set(string)
  default     = []
}

variable "config_in_table" {
  description = "Whether functions go by the configuration in the table; else by the packaged one"
  type        = bool
  default     = false
}

variable "clearml_api_host" {
  description = "The server that a login by `env:` is for; \"\": the login is kept with its server"
  type        = string
  default     = ""
}

variable "runtime" {
  description = "The functions' Python"
  type        = string
  default     = "python313"
  validation {
    condition     = contains(["python311", "python312", "python313"], var.runtime)
    error_message = "runtime: the package runs on python311, python312 and python313."
  }
}

variable "ingress" {
  description = "From where functions are reached: ALLOW_INTERNAL_ONLY (Pub/Sub and Scheduler of this project) or ALLOW_ALL. IAM decides who may call them either way"
  type        = string
  default     = "ALLOW_INTERNAL_ONLY"
  validation {
    condition     = contains(["ALLOW_INTERNAL_ONLY", "ALLOW_ALL"], var.ingress)
    error_message = "ingress: write ALLOW_INTERNAL_ONLY or ALLOW_ALL."
  }
}

variable "vpc_connector" {
  description = "A connector of Serverless VPC Access, for a ClearML server that only your network reaches (projects/P/locations/R/connectors/C)"
  type        = string
  default     = ""
}

variable "vpc_egress" {
  description = "What goes through the connector: PRIVATE_RANGES_ONLY or ALL_TRAFFIC"
  type        = string
  default     = "PRIVATE_RANGES_ONLY"
  validation {
    condition     = contains(["PRIVATE_RANGES_ONLY", "ALL_TRAFFIC"], var.vpc_egress)
    error_message = "vpc_egress: write PRIVATE_RANGES_ONLY or ALL_TRAFFIC."
  }
}

variable "database_location" {
  description = "Of the state table, which can never be moved; \"\": the functions' region. eur3 and nam5 are the multi-regions"
  type        = string
  default     = ""
}

variable "database_recovery" {
  description = "Whether the state table can be restored to any minute of the last week (it costs about as much again as its storage)"
  type        = bool
  default     = false
}

variable "launcher_permissions" {
  description = "What the launcher may do besides: for machines with `launch_spec`, like compute.reservations.use"
  type        = set(string)
  default     = []
}

variable "labels" {
  description = "On all that can have labels"
  type        = map(string)
  default     = {}
}
