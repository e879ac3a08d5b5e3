CREATE TABLE `alerts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer NOT NULL,
	`title` text NOT NULL,
	`text` text NOT NULL,
	`level` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `alerts_by_run` ON `alerts` (`run_id`,`id`);--> statement-breakpoint
CREATE TABLE `forwarded_files` (
	`run_id` integer NOT NULL,
	`name` text NOT NULL,
	`blob` text NOT NULL,
	PRIMARY KEY(`run_id`, `name`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `forwarded_runs` (
	`run_id` integer PRIMARY KEY NOT NULL,
	`storage_id` text,
	`destination` text,
	`generation` integer DEFAULT 0 NOT NULL,
	`history` integer DEFAULT 0 NOT NULL,
	`events` integer DEFAULT 0 NOT NULL,
	`log` integer DEFAULT 0 NOT NULL,
	`alert` integer DEFAULT 0 NOT NULL,
	`sent_fields` text,
	`sent_summary` text,
	`sent_state` text,
	`seen_at` integer,
	`refused` text,
	`refused_at` integer,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `forwarded_runs_refused` ON `forwarded_runs` (`refused_at`) WHERE refused is not null;--> statement-breakpoint
CREATE TABLE `forwarded_sweeps` (
	`sweep_id` text PRIMARY KEY NOT NULL,
	`upstream_id` text,
	`storage_id` text,
	`destination` text,
	`sent_config` text,
	`sent_state` text,
	`seen_at` integer,
	`refused` text,
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `series` (
	`run_id` integer NOT NULL,
	`key` text NOT NULL,
	`points` blob NOT NULL,
	PRIMARY KEY(`run_id`, `key`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `series_runs` (
	`run_id` integer PRIMARY KEY NOT NULL,
	`lines` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `writer_lines` (
	`run_id` integer NOT NULL,
	`stream` text NOT NULL,
	`writer` text NOT NULL,
	`offset` integer NOT NULL,
	`count` integer NOT NULL,
	`line` integer NOT NULL,
	PRIMARY KEY(`run_id`, `stream`, `writer`, `offset`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `chunks` ADD `packed` blob;--> statement-breakpoint
ALTER TABLE `runs` ADD `generation` integer DEFAULT 0 NOT NULL;