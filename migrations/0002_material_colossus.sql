CREATE TABLE `fits` (
	`sweep_id` text NOT NULL,
	`number` integer NOT NULL,
	`basis` integer NOT NULL,
	`made` integer NOT NULL,
	`width` integer NOT NULL,
	`count` integer NOT NULL,
	`pending` text NOT NULL,
	`model` text,
	`points` text NOT NULL,
	`failure` text,
	`engine` text NOT NULL,
	`took_ms` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`sweep_id`, `number`),
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `results` (
	`sweep_id` text NOT NULL,
	`number` integer NOT NULL,
	`run_id` integer NOT NULL,
	`parameters` text NOT NULL,
	`value` real,
	`state` text NOT NULL,
	`is_stopped` integer NOT NULL,
	PRIMARY KEY(`sweep_id`, `number`),
	FOREIGN KEY (`sweep_id`) REFERENCES `sweeps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `results_by_run` ON `results` (`run_id`);--> statement-breakpoint
ALTER TABLE `sweeps` ADD `prior` text;