using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Contracts;
using Rel4.Contracts.MessagePack;
using Rel4.Hosted.Aot;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

// Without an argument the host; with one, the task of that name.
switch (args)
{
    case ["adder"]:
        ReL4.Run(AddAsync);
        return 0;
    case ["asker"]:
        ReL4.Run(AskAsync);
        return 0;
    default:
        return await HostAsync();
}

static async Task<int> HostAsync()
{
    try
    {
        new SystemBuilder().AddTask("method", Nothing);
    }
    catch (NotSupportedException refusal)
    {
        Console.WriteLine($"a method: {refusal.Message}");
    }

    string program = Environment.ProcessPath!;
    var builder = new SystemBuilder();
    EndpointDefinition sums = builder.AddEndpoint("sums");
    EndpointDefinition orders = builder.AddEndpoint("orders");
    builder.AddTask("adder", program, "adder")
        .Grant("requests", sums, CapRights.Read | CapRights.Grant).Grant("orders", orders, CapRights.Read | CapRights.Grant);
    builder.AddTask("asker", program, "asker")
        .Grant("adder", sums, CapRights.Write | CapRights.Grant, badge: 7).Grant("orders", orders, CapRights.Write | CapRights.Grant);
    return await builder.RunAsync();
}

static void Nothing()
{
}

static async ValueTask AddAsync()
{
    using (IpcRequest request = await TaskContext.Endpoint("requests").ReceiveAsync())
        await request.ReplyAsync(0, [(byte)(request.Payload[0] + request.Payload[1])]);
    using var end = new CancellationTokenSource();
    try
    {
        await OrdersContract.ServeAsync(
            TaskContext.Endpoint("orders"), new Orders(end), new ContractServerOptions { Serializer = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider) }, end.Token);
    }
    catch (OperationCanceledException)
    {
    }
}

static async ValueTask AskAsync()
{
    using IpcResponse answer = await TaskContext.Endpoint("adder").CallAsync(0, new byte[] { 40, 2 });
    using Process self = Process.GetCurrentProcess();
    double started = (DateTime.Now - self.StartTime).TotalMilliseconds, memory = self.WorkingSet64 / 1048576.0;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"40 + 2 = {answer.Payload[0]}, {started:0} ms after the start, in {memory:0.0} MiB"));
    IOrders orders = OrdersContract.Connect(
        TaskContext.Endpoint("orders"), new ContractClientOptions { Serializer = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider) });
    Order order = await orders.TurnAsync(new Order("tea", [new Order("leaf", []), new Order("water", [])]), new Bell());
    Console.WriteLine($"turned: {string.Join(' ', order.Parts.Select(part => part.Item))}");
    int sum = 0;
    await foreach (int value in orders.DoubleAsync(Enumerable.Range(0, 1000).ToAsyncEnumerable()))
        sum += value;
    Console.WriteLine($"doubled: {sum}");
    await orders.EndAsync();
}
