using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Does a server's method know whose call it answers, and can a server turn callers away?</summary>
[Collection(nameof(OneKernel))]
public sealed class CallerTests
{
    [Fact]
    public async Task Calls_OfSeveralBadges_AreAnsweredByWhatTheFunctionGivesForEach()
    {
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint(ContractSystem.Service);
        builder.AddTask("server", CallerPrograms.Serve).Grant(ContractSystem.Service, service, CapRights.Read | CapRights.Grant);
        foreach (ulong badge in (ulong[])[7, uint.MaxValue])
            builder.AddTask($"client{badge}", CallerPrograms.Ask).Grant(ContractSystem.Service, service, CapRights.Write | CapRights.Grant, badge);
        builder.AddTask("unwanted", CallerPrograms.AskInVain).Grant(ContractSystem.Service, service, CapRights.Write | CapRights.Grant, CallerPrograms.Unwanted);
        var output = new Recorder();
        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = output, GracePeriod = TimeSpan.FromMilliseconds(200) }, TestContext.Current.CancellationToken);

        await Eventually.HoldsAsync(() => output.Output.Count() == 5, () => output.All);

        Assert.Equal(["403: Not for you.", "403: Not for you.", "403: Not for you.", "is 4294967295", "is 7"], output.Output.Order(StringComparer.Ordinal));
    }
}
