/**
 * What the JDK has no words for or does too carelessly or slowly: locks that Nix heeds, durable
 * folders, links to names that are bytes, trees that go away whatever their modes are, outputs that
 * appear whole or not at all, and hints to the kernel. Not exported.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.files.os;
