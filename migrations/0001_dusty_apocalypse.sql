CREATE TABLE `decisions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer NOT NULL,
	`rule` text NOT NULL,
	`rung` integer NOT NULL,
	`verdict` text NOT NULL,
	`value` real,
	`threshold` real,
	`rank` integer,
	`runs` integer,
	`among` integer,
	`text` text NOT NULL,
	`decided_at` integer NOT NULL,
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `decisions_by_rung` ON `decisions` (`run_id`,`rule`,`rung`);--> statement-breakpoint
CREATE TABLE `rung_losses` (
	`run_id` integer NOT NULL,
	`sweep_id` text NOT NULL,
	`rule` text NOT NULL,
	`rung` integer NOT NULL,
	`loss` real NOT NULL,
	`stake` real,
	PRIMARY KEY(`run_id`, `rule`, `rung`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `rung_losses_by_rung` ON `rung_losses` (`sweep_id`,`rule`,`rung`,`loss`);--> statement-breakpoint
CREATE INDEX `rung_losses_standing` ON `rung_losses` (`sweep_id`,`rule`,`rung`,`stake`) WHERE stake is not null;--> statement-breakpoint
CREATE TABLE `sweep_progress` (
	`sweep_id` text PRIMARY KEY NOT NULL,
	`rules` text NOT NULL,
	`version` integer DEFAULT 0 NOT NULL,
	`plateau_best` real,
	`plateau_runs` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `iterations` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `metric_at` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `resumed_at` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `odd_streak` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sweeps` ADD `is_timed` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `sweeps_timed` ON `sweeps` (`id`) WHERE is_timed = 1;