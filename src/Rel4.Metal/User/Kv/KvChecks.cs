namespace Rel4.Metal.User;

/// <summary>Has the load try the store by both ways, and ends the store under it.</summary>
internal static class KvChecks
{
    /// <summary>Runs the rows.</summary>
    public static void Run(KvStage stage, ref Report report)
    {
        BrokerTask load = stage.StartLoad(KvRole.Check), store = stage.StartStore(KvRole.Serve);
        Rows(stage.Do(load), "any"u8, ref report);

        // It tells when it is in the middle of its calls.
        stage.Do(load);
        stage.End(store);
        Words ended = stage.Await();
        report.Row("store"u8, "ended"u8, "calls under way"u8, "each ends, and says that the channel has closed"u8, ended.Word0 == 0);
        report.Row("store"u8, "ended"u8, "ReL4.Call"u8, "fails"u8, ended.Word1 == 0);
        report.Row("store"u8, "ended"u8, "SeL4.Call"u8, "is answered: there is nobody"u8, ended.Word2 == 0);

        store = stage.StartStore(KvRole.Serve);
        Rows(stage.Do(load), "another"u8, ref report);
        stage.End(load);
        stage.End(store);
    }

    private static void Rows(in Words failed, ReadOnlySpan<byte> state, ref Report report)
    {
        Rows(failed.Word0, state, "SeL4.Call"u8, ref report);
        Rows(failed.Word1, state, "ReL4.Call"u8, ref report);
    }

    private static void Rows(ulong failed, ReadOnlySpan<byte> state, ReadOnlySpan<byte> way, ref Report report)
    {
        report.Row("store"u8, state, way, "what is set is got, by either way, until it is deleted"u8, (failed & KvCheck.Keeps) == 0);
        report.Row("store"u8, state, way, "bad requests are refused"u8, (failed & KvCheck.Refuses) == 0);
        report.Row("store"u8, state, way, "there is an end to what it keeps; room that is made is used"u8, (failed & KvCheck.IsBounded) == 0);
    }
}
