/**
 * The image file, {@code slipway.yaml} or the same as JSON, from text to typed values. {@link
 * dev.slipway.cli.imagefile.ImageFile} is the entrance; a fault anywhere in the text becomes an
 * {@link dev.slipway.cli.imagefile.ImageFileException} that names file, line and column.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.cli.imagefile;
