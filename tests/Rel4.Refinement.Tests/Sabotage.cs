using Rel4.Sim;
using Rel4.Spec;

namespace Rel4.Refinement.Tests;

/// <summary>Is a mistake put into one side on purpose: a clean run counts only if the comparison finds such mistakes.</summary>
internal class Sabotage
{
    /// <summary>Gets the absence of mistakes.</summary>
    public static Sabotage None { get; } = new();

    /// <summary>Gives the specification's next state.</summary>
    public virtual SpecState Step(SpecState state, Command command) => Rel4.Spec.Spec.Step(state, command);

    /// <summary>Changes the kernel's state behind its back.</summary>
    public virtual void Tamper(SimKernel kernel, Command command)
    {
    }
}
