CREATE TABLE `shares` (
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`weight` real DEFAULT 1 NOT NULL,
	`max_parallel` integer,
	PRIMARY KEY(`kind`, `name`),
	CONSTRAINT "shares_weight" CHECK("weight" > 0)
);
--> statement-breakpoint
CREATE TABLE `virtual_times` (
	`pool` text NOT NULL,
	`team` text NOT NULL,
	`user_name` text NOT NULL,
	`virtual_time` real NOT NULL,
	`is_eligible` integer NOT NULL,
	PRIMARY KEY(`pool`, `team`, `user_name`)
);
--> statement-breakpoint
DROP INDEX `leases_by_request`;--> statement-breakpoint
CREATE UNIQUE INDEX `leases_by_request` ON `leases` (`agent_id`,`request_id`) WHERE request_id is not null;--> statement-breakpoint
ALTER TABLE `agents` ADD `pool` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `tags` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `agents_pool_name` ON `agents` (`pool`,`name`) WHERE kind = 'pool';--> statement-breakpoint
ALTER TABLE `sweeps` ADD `pool` text DEFAULT 'default' NOT NULL;--> statement-breakpoint
CREATE INDEX `sweeps_running_by_pool` ON `sweeps` (`pool`,`created_at`) WHERE state = 'running';--> statement-breakpoint
CREATE INDEX `sweeps_by_user` ON `sweeps` (`user_name`);