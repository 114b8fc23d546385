package io.peft4j.graph.ops;

import org.nd4j.autodiff.functions.DifferentialFunction;

/**
 * An entry of the {@link OpCatalogue}.
 *
 * @param name SameDiff's name of the operation
 * @param type the class registered for it; SameDiff copies operations by name when it builds
 *     gradients, so a subclass's own gradient would be ignored
 * @param shape its shape rule
 * @param restriction in which uses its value or gradient is wrong
 */
record CatalogueOp(
    String name,
    Class<? extends DifferentialFunction> type,
    ShapeRule shape,
    Restriction restriction) {}
