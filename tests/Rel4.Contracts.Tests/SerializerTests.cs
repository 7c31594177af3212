using System.Buffers;
using Rel4.Contracts.MessagePack;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Do types without generated code go through the serializer, and what is hostile be refused?</summary>
[Collection(nameof(OneKernel))]
public sealed class SerializerTests
{
    [Fact]
    public async Task Calls_OfTypesByASerializer_AreAnsweredOrRefused() =>
        Assert.Equal(["c b", "Malformed", "Malformed"], await ContractSystem.RunAsync(SerializerPrograms.Serve, SerializerPrograms.Call));

    [Fact]
    public void Connect_WithoutTheSerializerThatItNeeds_SaysSo() =>
        Assert.Contains("ContractClientOptions.Serializer", Assert.Throws<ArgumentException>(() => OrdersContract.Connect(new EndpointCap(1))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_OfBytesBehindTheValue_IsRefused()
    {
        var serializer = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider);
        var bytes = new ArrayBufferWriter<byte>();
        serializer.Write(bytes, new Order("a", []));
        Assert.Equal("a", serializer.Read<Order>(bytes.WrittenMemory).Item);
        bytes.Write(new byte[1]);

        Assert.ThrowsAny<Exception>(() => serializer.Read<Order>(bytes.WrittenMemory));
    }
}
