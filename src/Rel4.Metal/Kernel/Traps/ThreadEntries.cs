using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Counts how often a thread enters the kernel, in its TCB, in front of the floating-point registers and behind its senders.</summary>
internal static unsafe class ThreadEntries
{
    /// <summary>Where the counts lie in the TCB.</summary>
    public const int Offset = FloatingPoint.Offset - 32;

    private const int Words = 4;

    /// <summary>Finds the counts of a thread.</summary>
    public static EntryCounts* Of(Tcb* thread) => (EntryCounts*)((byte*)thread + Offset);

    /// <summary>Performs <c>TCB_ReadEntries</c>.</summary>
    public static Result Invoke(in Invocation invocation)
    {
        if (invocation.Label != InvocationLabel.TcbReadEntries)
            return Refusal.Of(SeL4Error.IllegalOperation);
        if (!invocation.IsCall)
            return Outcome.Done;
        var counts = (ulong*)Of(invocation.Service->Cap.Thread);
        MessageWriter writer = invocation.BeginAnswer();
        for (int i = 0; i < Words; i++)
            writer.Add(counts[i]);
        return invocation.Answer(writer);
    }
}
