using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Contracts.Tests;

/// <summary>Does a contract hold between the composing process and a task inside of it, which has all assemblies of its own?</summary>
[Collection(nameof(OneKernel))]
public sealed class InProcessTests
{
    [Fact]
    public async Task Calls_OfTheComposingProcess_AreAnsweredByATaskInsideOfIt()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var output = new Recorder();
        var builder = new SystemBuilder();
        EndpointDefinition service = builder.AddEndpoint(ContractSystem.Service);
        builder.AddTask("server", UnaryPrograms.Serve).Grant(ContractSystem.Service, service, CapRights.Read | CapRights.Grant).InProcess();
        builder.Host.Grant("calculator", service, CapRights.Write | CapRights.Grant);
        await using RunningSystem system = await builder.StartAsync(new SupervisionOptions { Output = output }, cancellation);

        ICalculator calculator = CalculatorContract.Connect(TaskContext.Endpoint("calculator"));

        Assert.Equal(42, await calculator.AddAsync(40, 2, cancellation));
        Assert.Equal("a-b 00000000-0000-0000-0000-000000000000 Friday 1.5", await calculator.JoinAsync(["a", "b"], "-", Guid.Empty, DayOfWeek.Friday, 1.5));
        ContractException failure = await Assert.ThrowsAsync<ContractException>(async () => await calculator.FailAsync(1));
        Assert.Equal(42, failure.ContractCode);
        Assert.Equal(Environment.ProcessId, system["server"].ProcessId);
    }
}
