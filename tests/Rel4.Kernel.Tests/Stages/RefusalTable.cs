using System.Collections;

namespace Rel4.Kernel.Tests;

/// <summary>Lists the error cases of an invocation: what is tried, and the code and words that it is refused with.</summary>
/// <remarks>A refused invocation changes nothing: all of the machine's memory is compared.</remarks>
internal sealed class RefusalTable : IEnumerable<string>
{
    private readonly Dictionary<string, (Func<Stage, Attempt> Prepare, SeL4Error Error, ulong[] Words)> _cases = [];

    public TheoryData<string> Names => [.. _cases.Keys];

    public void Add(string name, Func<Stage, Attempt> prepare, SeL4Error error) => _cases.Add(name, (prepare, error, []));

    public void Add(string name, Func<Stage, Attempt> prepare, SeL4Error error, params ulong[] words) =>
        _cases.Add(name, (prepare, error, words));

    public void Check(string name)
    {
        (Func<Stage, Attempt> prepare, SeL4Error error, ulong[] words) = _cases[name];
        using var stage = new Stage();
        Attempt attempt = prepare(stage);
        unsafe
        {
            stage.World.Kernel.Dispatch(attempt.Caller.Tcb);
        }

        var before = new MemorySnapshot(stage.World.Kernel);
        attempt.Make().Is(error, words);
        Assert.Equal(-1, before.FirstChange(attempt.Caller));
        stage.World.Check();
    }

    public IEnumerator<string> GetEnumerator() => _cases.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
