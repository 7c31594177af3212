using Rel4.Spec.Rules;

namespace Rel4.Spec;

/// <summary>Says what the kernel does: the oracle that the kernel is compared with.</summary>
/// <remarks>
/// The rules follow seL4's reference manual (non-MCS, x86_64, one processor) and <c>docs/architecture.md</c> for what reL4 adds.
/// Long operations are atomic here: preemption is not modelled.
/// </remarks>
public static class Spec
{
    /// <summary>Gives the state after a command.</summary>
    public static SpecState Step(SpecState state, Command command) => command switch
    {
        SystemCallCommand call => SystemCalls.Trap(state, call),
        DispatchCommand dispatch => state.Dispatch(dispatch.Thread),
        TickCommand => state.Tick().Exit(),
        FaultCommand fault => state.Put(state.Thread(fault.Thread) with { FaultIP = state.Thread(fault.Thread)[Register.Rip] })
            .RaiseFault(fault.Thread, fault.Fault)
            .Exit(),
        PostCommand post => state.Post(post.Thread, post.Handle),
        WriteBufferCommand write => state.WriteBuffer(write.Thread, write.WordIndex, write.Value),
        WriteRegisterCommand write => state.Put(state.Thread(write.Thread).With(write.Register, write.Value)),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };
}
