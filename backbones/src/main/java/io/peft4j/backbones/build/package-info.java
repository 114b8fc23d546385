/** What the backbone families are written with: modules, patches, blocks, weights, dimensions. */
@NullMarked
package io.peft4j.backbones.build;

import org.jspecify.annotations.NullMarked;
