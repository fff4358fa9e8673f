package dev.slipway.layer;

/**
 * Members that lie in a file one after the other as the layer's tar has them, padding included.
 *
 * @param file the file
 * @param count how many they are
 */
record MemberRun(SourceFile file, long count) implements Stretch {}
