package dev.slipway.layer;

/** What comes next in a layer: a member, or several that are written already. */
sealed interface Stretch permits Member, MemberRun {
  /** How many members it is. */
  long count();
}
