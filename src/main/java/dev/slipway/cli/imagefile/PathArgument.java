package dev.slipway.cli.imagefile;

import dev.slipway.store.StorePath;
import dev.slipway.transport.ImageLocation;
import java.nio.file.Path;

/** An argument that stands for a file or directory. */
public sealed interface PathArgument {
  /** Where it stands. */
  Position at();

  /**
   * Something in the store.
   *
   * @param at where it stands
   * @param path the store object
   * @param inside what is meant inside of it: empty, or starting with a slash
   */
  record StoreObject(Position at, StorePath path, String inside) implements PathArgument {}

  /**
   * A file of this machine, outside the store.
   *
   * @param at where it stands
   * @param path its absolute path
   * @param written the path as the image file has it
   */
  record LocalPath(Position at, Path path, String written) implements PathArgument {}

  /**
   * An image of this machine, as skopeo names it.
   *
   * @param at where it stands
   * @param location where the image lies
   * @param written its name as the image file has it
   */
  record Image(Position at, ImageLocation location, String written) implements PathArgument {}

  /**
   * One of the helpers of dockerTools.
   *
   * @param at where it stands
   * @param name which
   */
  record Helper(Position at, HelperName name) implements PathArgument {}

  /**
   * Something that the image file defines.
   *
   * @param at where it stands
   * @param reference its name
   * @param inside what is meant inside of it: empty, or starting with a slash
   */
  record Defined(Position at, Reference reference, String inside) implements PathArgument {}
}
