CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`sweep_id` text,
	`name` text NOT NULL,
	`host` text NOT NULL,
	`user_name` text NOT NULL,
	`created_at` integer NOT NULL,
	`heartbeat_at` integer NOT NULL,
	`answered_at` integer,
	`idle_since` integer,
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `agents_rest_name` ON `agents` (`sweep_id`,`name`) WHERE kind = 'rest';--> statement-breakpoint
CREATE INDEX `agents_by_sweep` ON `agents` (`sweep_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_name` text NOT NULL,
	`hash` text NOT NULL,
	`role` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `chunks` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer NOT NULL,
	`stream` text NOT NULL,
	`offset` integer NOT NULL,
	`count` integer NOT NULL,
	`encoding` text NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chunks_by_offset` ON `chunks` (`run_id`,`stream`,`offset`);--> statement-breakpoint
CREATE TABLE `files` (
	`run_id` integer NOT NULL,
	`name` text NOT NULL,
	`blob` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`md5` text NOT NULL,
	`mimetype` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `name`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `leases` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer NOT NULL,
	`sweep_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`token` text NOT NULL,
	`state` text NOT NULL,
	`granted_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`request_id` text,
	`later_deliveries` integer DEFAULT 0 NOT NULL,
	`named_at` integer,
	`missing_since` integer,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "leases_state" CHECK("state" in ('live', 'ended', 'expired'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `leases_token_unique` ON `leases` (`token`);--> statement-breakpoint
CREATE INDEX `leases_live_by_deadline` ON `leases` (`expires_at`) WHERE state = 'live';--> statement-breakpoint
CREATE INDEX `leases_live_by_agent` ON `leases` (`agent_id`) WHERE state = 'live';--> statement-breakpoint
CREATE INDEX `leases_live_by_sweep` ON `leases` (`sweep_id`) WHERE state = 'live';--> statement-breakpoint
CREATE INDEX `leases_by_run` ON `leases` (`run_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `leases_by_request` ON `leases` (`sweep_id`,`agent_id`,`request_id`) WHERE request_id is not null;--> statement-breakpoint
CREATE TABLE `objectives` (
	`run_id` integer NOT NULL,
	`line` integer NOT NULL,
	`value` real NOT NULL,
	PRIMARY KEY(`run_id`, `line`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `projects` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`entity` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `projects_by_name` ON `projects` (`entity`,`name`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer NOT NULL,
	`name` text NOT NULL,
	`sweep_id` text,
	`suggestion_id` integer,
	`attempt` integer DEFAULT 1 NOT NULL,
	`number` integer,
	`predecessor_id` integer,
	`superseded_at` integer,
	`agent_id` text,
	`user_name` text NOT NULL,
	`display_name` text NOT NULL,
	`state` text NOT NULL,
	`config` text DEFAULT '{}' NOT NULL,
	`summary` text DEFAULT '{}' NOT NULL,
	`notes` text,
	`tags` text DEFAULT '[]' NOT NULL,
	`group_name` text,
	`job_type` text,
	`host` text,
	`git_commit` text,
	`git_remote` text,
	`program` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`begun_at` integer,
	`heartbeat_at` integer,
	`ended_at` integer,
	`exit_code` integer,
	`stop_requested_at` integer,
	`stop_reason` text,
	`stop_at_once` integer DEFAULT false NOT NULL,
	`stop_sent_at` integer,
	`history_lines` integer DEFAULT 0 NOT NULL,
	`events_lines` integer DEFAULT 0 NOT NULL,
	`log_lines` integer DEFAULT 0 NOT NULL,
	`last_step` integer,
	`restarted` integer DEFAULT false NOT NULL,
	`best_value` real,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`suggestion_id`) REFERENCES `suggestions`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "runs_state" CHECK("state" in ('pending', 'running', 'finished', 'failed', 'crashed', 'killed', 'preempting', 'preempted'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_by_name` ON `runs` (`project_id`,`name`);--> statement-breakpoint
CREATE INDEX `runs_by_sweep` ON `runs` (`sweep_id`,`id`);--> statement-breakpoint
CREATE INDEX `runs_by_suggestion` ON `runs` (`suggestion_id`);--> statement-breakpoint
CREATE INDEX `runs_by_agent` ON `runs` (`agent_id`);--> statement-breakpoint
CREATE TABLE `settings` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `suggestions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`sweep_id` text NOT NULL,
	`ordinal` integer NOT NULL,
	`parameters` text NOT NULL,
	`point_key` text NOT NULL,
	`method` text NOT NULL,
	`basis` integer DEFAULT 0 NOT NULL,
	`explanation` text,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "suggestions_state" CHECK("state" in ('ready', 'taken', 'withdrawn'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `suggestions_by_ordinal` ON `suggestions` (`sweep_id`,`ordinal`);--> statement-breakpoint
CREATE INDEX `suggestions_ready` ON `suggestions` (`sweep_id`,`id`) WHERE state = 'ready';--> statement-breakpoint
CREATE TABLE `sweeps` (
	`id` text PRIMARY KEY NOT NULL,
	`project_id` integer NOT NULL,
	`user_name` text NOT NULL,
	`display_name` text,
	`description` text,
	`method` text NOT NULL,
	`state` text NOT NULL,
	`state_reason` text,
	`config` text NOT NULL,
	`metric_name` text,
	`metric_goal` text,
	`run_cap` integer,
	`size` text,
	`cursor` text DEFAULT '0' NOT NULL,
	`seed` text NOT NULL,
	`taken` integer DEFAULT 0 NOT NULL,
	`runs_made` integer DEFAULT 0 NOT NULL,
	`controller` text,
	`scheduler` text,
	`prior_runs_filters` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`heartbeat_at` integer,
	`ended_at` integer,
	FOREIGN KEY (`project_id`) REFERENCES `projects`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "sweeps_state" CHECK("state" in ('pending', 'running', 'paused', 'finished', 'canceled'))
);
--> statement-breakpoint
CREATE INDEX `sweeps_by_project` ON `sweeps` (`project_id`,`created_at`);