using Rel4.Abi;

namespace Rel4.Sim.Stories;

/// <summary>Is the kernel's answer to the invocation of an object.</summary>
internal sealed class InvocationResult
{
    private readonly StoryThread _caller;

    internal InvocationResult(StoryThread caller, string invocation, SeL4Error error, bool isPreempted, ulong[] words)
    {
        _caller = caller;
        Invocation = invocation;
        Error = error;
        IsPreempted = isPreempted;
        Words = words;
    }

    /// <summary>Gets what was asked for.</summary>
    public string Invocation { get; }

    public SeL4Error Error { get; }

    /// <summary>Gets whether the operation stopped half-way; the caller repeats it when it runs next.</summary>
    public bool IsPreempted { get; }

    /// <summary>Gets the words that came with the answer.</summary>
    public ulong[] Words { get; }

    /// <summary>Makes sure that it succeeded.</summary>
    public InvocationResult Ok()
    {
        if (IsPreempted || Error != SeL4Error.NoError)
            throw _caller.World.Failure($"{Invocation} by {_caller} gave {this}, expected success");
        return this;
    }

    /// <summary>Makes sure that it was refused so, with exactly these words.</summary>
    public InvocationResult Is(SeL4Error error, params ReadOnlySpan<ulong> words)
    {
        if (IsPreempted || Error != error || !words.SequenceEqual(Words))
            throw _caller.World.Failure($"{Invocation} by {_caller} gave {this}, expected {Describe(error, words.ToArray())}");
        return this;
    }

    public override string ToString() => IsPreempted ? "preemption" : Describe(Error, Words);

    private static string Describe(SeL4Error error, ulong[] words) => $"{error}({string.Join(", ", words)})";
}
