/**
 * What the JDK has no words for or does too carelessly: locks that Nix heeds, durable folders,
 * links to names that are bytes, and trees that go away whatever their modes are. Not exported.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.files.os;
