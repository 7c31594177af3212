namespace Rel4.Runtime;

/// <summary>What is behind every yield: never complete when asked, ready at once when awaited. It has no state, so all yields share one.</summary>
internal sealed class YieldSource(Executor executor) : Completion<Nothing>(executor)
{
    public override Nothing GetResult(int version) => default;

    internal override void Suspend(CoFrame frame, int version)
    {
        Executor.RequireOwner();
        BeginAwait(frame);
        Executor.MakeReady(frame);
    }
}
