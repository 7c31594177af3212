using Rel4.Contracts.MessagePack;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>A contract of types for which there is no generated code.</summary>
internal static class SerializerPrograms
{
    private static MessagePackContractSerializer Serializer => new(Shapes.GeneratedTypeShapeProvider);

    public static void Serve() => ReL4.Run(static () => OrdersContract.ServeAsync(
        ContractSystem.Endpoint, new Orders(), new ContractServerOptions { Serializer = Serializer }));

    public static void Call() => ReL4.Run(static async () =>
    {
        IOrders orders = OrdersContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Serializer = Serializer });
        Order order = await orders.TurnAsync(new Order("a", [new Order("b", []), new Order("c", [])]), 3);
        Console.WriteLine(string.Join(' ', order.Parts.Select(part => part.Item)));
        // As one whose serializer has nothing to do with the server's, and one that would have it go as deep as there are bytes.
        foreach (byte[] bytes in (byte[][])[[0xC1, 0xFF], [.. Enumerable.Repeat((byte)0x91, 100_000)]])
        {
            try
            {
                await OrdersContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Serializer = new Raw(bytes) }).TurnAsync(order, 1);
            }
            catch (ContractRefusedException refused)
            {
                Console.WriteLine(refused.Reason);
            }
        }
    });

    private sealed class Orders : IOrders
    {
        public ValueTask<Order> TurnAsync(Order order, int times) => new(order with { Parts = [.. order.Parts.Reverse()] });
    }

    private sealed class Raw(byte[] bytes) : IContractSerializer
    {
        public void Write<T>(System.Buffers.IBufferWriter<byte> writer, T value)
        {
            bytes.CopyTo(writer.GetSpan(bytes.Length));
            writer.Advance(bytes.Length);
        }

        public T Read<T>(ReadOnlyMemory<byte> bytes) => throw new NotSupportedException();
    }
}
