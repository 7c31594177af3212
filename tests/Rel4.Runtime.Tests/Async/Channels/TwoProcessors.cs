namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Collects the tests whose two threads must run at the same time, so that nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TwoProcessors
{
    public const string Name = "Two processors";
}
