namespace Rel4.Kernel.Tests;

/// <summary>Lists the error cases that <c>CNode_Copy</c>, <c>Mint</c>, <c>Move</c> and <c>Mutate</c> have in common.</summary>
internal static class CopyCases
{
    /// <summary>Makes an attempt to copy or move the stage's endpoint to its empty slot.</summary>
    /// <param name="label">Which of the four.</param>
    /// <param name="last">Words behind the source's depth.</param>
    public static Attempt Make(
        Stage stage, InvocationLabel label, ulong[] last, CPtr? index = null, ulong depth = 64,
        CPtr? root = null, CPtr? source = null, ulong sourceDepth = 64) =>
        stage.Try(
            stage.CSpace, label, [(index ?? stage.Empty).Value, depth, (source ?? stage.Endpoint).Value, sourceDepth, .. last],
            root ?? stage.CSpace);

    public static RefusalTable For(InvocationLabel label, params ulong[] last)
    {
        var table = new RefusalTable
        {
            {
                "the service is a capability of the wrong type", s => Make(s, label, last) with { Service = s.Target },
                SeL4Error.IllegalOperation
            },
            { "the service is an empty slot", s => Make(s, label, last) with { Service = s.Empty }, SeL4Error.InvalidCapability, 0 },
            { "one word", s => Make(s, label, last) with { Words = [s.Empty.Value] }, SeL4Error.TruncatedMessage },
            {
                "three words", s => Make(s, label, last) with { Words = [s.Empty.Value, 64, s.Endpoint.Original.Value] },
                SeL4Error.TruncatedMessage
            },
            { "no source root", s => Make(s, label, last) with { Caps = [] }, SeL4Error.TruncatedMessage },
            {
                "an empty source root", s => Make(s, label, last, root: s.Empty), SeL4Error.FailedLookup, Errors.InvalidRoot(Errors.Source)
            },
            { "dest_depth of 0", s => Make(s, label, last, depth: 0), SeL4Error.RangeError, 1, 64 },
            { "dest_depth beyond a word", s => Make(s, label, last, depth: 65), SeL4Error.RangeError, 1, 64 },
            {
                "dest_index against the guard", s => Make(s, label, last, index: s.Astray),
                SeL4Error.FailedLookup, Errors.Guard(Errors.Destination, 64, 0, 56)
            },
            {
                "dest_depth less than the level", s => Make(s, label, last, index: 1, depth: 3) with { Service = s.Node },
                SeL4Error.FailedLookup, Errors.Depth(Errors.Destination, 3, 4)
            },
            {
                "dest_depth more than the level", s => Make(s, label, last, index: 1, depth: 5) with { Service = s.Node },
                SeL4Error.FailedLookup, Errors.Depth(Errors.Destination, 1, 0)
            },
            { "a capability in the destination", s => Make(s, label, last, index: s.Frame), SeL4Error.DeleteFirst },
            {
                "a source root that is no CNode", s => Make(s, label, last, root: s.Endpoint),
                SeL4Error.FailedLookup, Errors.InvalidRoot(Errors.Source)
            },
            { "src_depth of 0", s => Make(s, label, last, sourceDepth: 0), SeL4Error.RangeError, 1, 64 },
            { "src_depth beyond a word", s => Make(s, label, last, sourceDepth: 65), SeL4Error.RangeError, 1, 64 },
            {
                "src_index against the guard", s => Make(s, label, last, source: s.Astray),
                SeL4Error.FailedLookup, Errors.Guard(Errors.Source, 64, 0, 56)
            },
            {
                "src_depth less than the level", s => Make(s, label, last, root: s.Node, source: 1, sourceDepth: 2), SeL4Error.FailedLookup,
                Errors.Depth(Errors.Source, 2, 4)
            },
            {
                "src_depth more than the level", s => Make(s, label, last, root: s.Node, source: 1, sourceDepth: 6), SeL4Error.FailedLookup,
                Errors.Depth(Errors.Source, 2, 0)
            },
            {
                "an empty source", s => Make(s, label, last, root: s.Node, source: 1, sourceDepth: 4), SeL4Error.FailedLookup,
                Errors.Missing(Errors.Source, 4)
            },
        };
        for (int given = 0; given < last.Length; given++)
        {
            int count = given;
            table.Add($"{4 + count} words", s => Make(s, label, last[..count]), SeL4Error.TruncatedMessage);
        }

        return table;
    }
}
