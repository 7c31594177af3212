using Rel4.Refinement.Tests;
using Rel4.Spec;
using Rel4.Spec.Rules;

namespace Rel4.Kernel.Tests;

/// <summary>Makes attempts in the kernel and in the specification, so that a test that states a rule states it for both.</summary>
internal static unsafe class SpecTwin
{
    /// <summary>Makes an attempt.</summary>
    /// <remarks>The specification knows no preemption, so what was preempted is not compared: the refinement tests do.</remarks>
    public static InvocationResult Make(Attempt attempt)
    {
        SimKernel kernel = attempt.Caller.World.Kernel;
        kernel.Dispatch(attempt.Caller.Tcb);
        SpecState expected = After(Abstraction.Of(kernel), attempt, kernel.OffsetOf(attempt.Caller.Tcb));
        InvocationResult result = attempt.Caller.Invoke(attempt.Service, attempt.Label, attempt.Words, attempt.Caps);
        if (!result.IsPreempted)
            Assert.Null(Comparison.FindDifference(expected, kernel));
        return result;
    }

    private static SpecState After(SpecState state, Attempt attempt, ulong caller)
    {
        if (state.BufferOf(caller, CapRights.ReadWrite) is not null)
        {
            for (int i = Limits.MessageRegisters; i < attempt.Words.Length; i++)
                state = state.WriteBuffer(caller, BufferWords.Message + i, attempt.Words[i]);
            for (int i = 0; i < attempt.Caps.Length; i++)
                state = state.WriteBuffer(caller, BufferWords.CapsOrBadges + i, attempt.Caps[i].Value);
        }

        Spec.Thread thread = state.Thread(caller);
        var info = new MessageInfo((ulong)attempt.Label, 0, (uint)attempt.Caps.Length, (uint)attempt.Words.Length);
        return Spec.Spec.Step(state, new SystemCallCommand(
            caller, unchecked((ulong)Syscall.Call), attempt.Service.Value, info.Raw,
            Word(0, Register.R10), Word(1, Register.R8), Word(2, Register.R9), Word(3, Register.R15)));

        ulong Word(int index, Register register) => index < attempt.Words.Length ? attempt.Words[index] : thread[register];
    }
}
