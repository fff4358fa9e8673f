/**
 * What the JDK has no words for or does too carelessly: locks that Nix heeds, durable folders,
 * links to names that are bytes, trees that go away whatever their modes are, and outputs that
 * appear whole or not at all. Not exported.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.files.os;
