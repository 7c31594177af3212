using Rel4.Abi;

namespace Rel4.Sim.Stories;

/// <summary>Invokes CNodes.</summary>
internal static class CNodeMethods
{
    public static InvocationResult CNodeRevoke(this StoryThread thread, CPtr service, CPtr index, ulong depth = Limits.WordBits) =>
        thread.Invoke(service, InvocationLabel.CNodeRevoke, [index.Value, depth]);

    public static InvocationResult CNodeDelete(this StoryThread thread, CPtr service, CPtr index, ulong depth = Limits.WordBits) =>
        thread.Invoke(service, InvocationLabel.CNodeDelete, [index.Value, depth]);

    public static InvocationResult CNodeCancelBadgedSends(
        this StoryThread thread, CPtr service, CPtr index, ulong depth = Limits.WordBits) =>
        thread.Invoke(service, InvocationLabel.CNodeCancelBadgedSends, [index.Value, depth]);

    public static InvocationResult CNodeSaveCaller(this StoryThread thread, CPtr service, CPtr index, ulong depth = Limits.WordBits) =>
        thread.Invoke(service, InvocationLabel.CNodeSaveCaller, [index.Value, depth]);

    public static InvocationResult CNodeCopy(
        this StoryThread thread, CPtr service, CPtr index, ulong depth,
        CPtr sourceRoot, CPtr source, ulong sourceDepth, CapRights rights) =>
        thread.Invoke(service, InvocationLabel.CNodeCopy, [index.Value, depth, source.Value, sourceDepth, (ulong)rights], sourceRoot);

    public static InvocationResult CNodeMint(
        this StoryThread thread, CPtr service, CPtr index, ulong depth,
        CPtr sourceRoot, CPtr source, ulong sourceDepth, CapRights rights, ulong badge) =>
        thread.Invoke(
            service, InvocationLabel.CNodeMint, [index.Value, depth, source.Value, sourceDepth, (ulong)rights, badge], sourceRoot);

    public static InvocationResult CNodeMove(
        this StoryThread thread, CPtr service, CPtr index, ulong depth, CPtr sourceRoot, CPtr source, ulong sourceDepth) =>
        thread.Invoke(service, InvocationLabel.CNodeMove, [index.Value, depth, source.Value, sourceDepth], sourceRoot);

    public static InvocationResult CNodeMutate(
        this StoryThread thread, CPtr service, CPtr index, ulong depth, CPtr sourceRoot, CPtr source, ulong sourceDepth, ulong guard) =>
        thread.Invoke(service, InvocationLabel.CNodeMutate, [index.Value, depth, source.Value, sourceDepth, guard], sourceRoot);

    public static InvocationResult CNodeRotate(
        this StoryThread thread, CPtr service, CPtr index, ulong depth, ulong guard,
        CPtr pivotRoot, CPtr pivot, ulong pivotDepth, ulong pivotGuard, CPtr sourceRoot, CPtr source, ulong sourceDepth) =>
        thread.Invoke(
            service,
            InvocationLabel.CNodeRotate,
            [index.Value, depth, guard, pivot.Value, pivotDepth, pivotGuard, source.Value, sourceDepth],
            pivotRoot,
            sourceRoot);
}
