/** Pure: a closure's references graph becomes ordered groups of store paths, one group a layer. */
@org.jspecify.annotations.NullMarked
package dev.slipway.layering;
