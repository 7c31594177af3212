using Rel4.Abi;

namespace Rel4.Sim.Stories;

/// <summary>Invokes untyped memory.</summary>
internal static class UntypedMethods
{
    public static InvocationResult UntypedRetype(
        this StoryThread thread, CPtr service, ObjectType type, ulong sizeBits,
        CPtr root, ulong nodeIndex, ulong nodeDepth, ulong offset, ulong count) =>
        thread.Invoke(service, InvocationLabel.UntypedRetype, [(ulong)type, sizeBits, nodeIndex, nodeDepth, offset, count], root);
}
