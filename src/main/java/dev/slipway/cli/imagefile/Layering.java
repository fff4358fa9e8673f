package dev.slipway.cli.imagefile;

/** How the store paths of a layered image are spread over its layers. */
public sealed interface Layering {
  /** By how much else depends on a path, the order of dockerTools. */
  record Popularity() implements Layering {}

  /** By size, the later default of nixpkgs. */
  record Size() implements Layering {}

  /**
   * By operations on the references graph.
   *
   * @param operations a list
   */
  record Pipeline(JsonTemplate operations) implements Layering {}
}
