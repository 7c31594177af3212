using System.Text;
using Rel4.OpenTelemetry.Internal;

namespace Rel4.OpenTelemetry.Tests;

/// <summary>Are attributes written into any request, and only these?</summary>
public sealed class OtlpResourcesTests
{
    private static readonly KeyValuePair<string, string>[] s_forced = [new("service.name", "task")];

    [Fact]
    public void Stamp_OfSeveralResources_ReplacesOnlyWhatIsForced()
    {
        // Two of one resource each: without attributes; with a forged one, another, and spans.
        byte[] spans = Field(2, "spans"u8);
        byte[] request =
        [
            .. Field(1, []),
            .. Field(1, [.. Field(1, [.. Attribute("service.name", "forged"), .. Attribute("kept", "so")]), .. spans]),
            .. Field(7, "unknown"u8),
        ];

        var stamped = new Message(OtlpResources.Stamp(request, s_forced));

        Assert.Equal(["task", "task"], stamped.Messages(1).Select(resource => Collector.AttributeOf(resource, "service.name")));
        Assert.Equal(["", "so"], stamped.Messages(1).Select(resource => Collector.AttributeOf(resource, "kept")));
        Assert.Equal("spans", stamped.Messages(1)[1].Text(2));
        Assert.Equal("unknown", stamped.Text(7));
    }

    [Fact]
    public void Stamp_OfAResourceInPartsAndAKeyThatIsThereTwice_LeavesNoForgery()
    {
        byte[] twice = Field(1, [.. Field(1, "innocent"u8), .. Field(1, "service.name"u8), .. Field(2, Field(1, "forged"u8))]);
        byte[] request = Field(1, [.. Field(1, Attribute("service.name", "forged")), .. Field(1, twice), .. Field(1, Attribute("service.name", "forged again"))]);

        byte[] stamped = OtlpResources.Stamp(request, s_forced);

        Assert.Equal("task", Collector.AttributeOf(new Message(stamped).Messages(1).Single(), "service.name"));
        Assert.DoesNotContain("forged", Encoding.UTF8.GetString(stamped), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(10, 5, 0)]
    [InlineData(10)]
    [InlineData(0, 0)]
    [InlineData(11, 12)]
    [InlineData(10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1)]
    [InlineData(255, 255, 255, 255, 255, 255, 255, 255, 255, 255)]
    [InlineData(10, 2, 8, 1)]
    public void Stamp_OfWhatIsNoRequest_IsRefused(params int[] request) =>
        Assert.Throws<FormatException>(() => OtlpResources.Stamp([.. request.Select(one => (byte)one)], s_forced));

    [Fact]
    public void Stamp_OfAsManyEmptyResourcesAsARequestHolds_IsRefusedBeforeItGrows()
    {
        byte[] request = [.. Enumerable.Repeat(Field(1, []), 2 << 20).SelectMany(resource => resource)];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<FormatException>(() => OtlpResources.Stamp(request, s_forced));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * request.Length);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    public void Stamp_OfSoManyResources_GrowsByTheAttributesOfAFew(int count)
    {
        byte[] request = [.. Enumerable.Repeat(Field(1, []), count).SelectMany(resource => resource)];

        if (count > 64)
            Assert.Throws<FormatException>(() => OtlpResources.Stamp(request, s_forced));
        else
            Assert.Equal(count, new Message(OtlpResources.Stamp(request, s_forced)).Messages(1).Count);
    }

    [Fact]
    public void Stamp_OfRandomBytes_IsRefusedOrGivesAStampedRequest()
    {
        var random = new Random(1);
        byte[] request = [.. Field(1, [.. Field(1, Attribute("service.name", "forged")), .. Field(2, "spans"u8)])];
        int taken = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. request];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                var stamped = new Message(OtlpResources.Stamp(changed, s_forced));
                Assert.All(stamped.Messages(1), resource => Assert.Equal("task", Collector.AttributeOf(resource, "service.name")));
                taken++;
            }
            catch (FormatException)
            {
            }
        }

        Assert.InRange(taken, 1000, 19_000);
    }

    private static byte[] Attribute(string name, string value) => Field(1, [.. Field(1, Encoding.UTF8.GetBytes(name)), .. Field(2, Field(1, Encoding.UTF8.GetBytes(value)))]);

    private static byte[] Field(int number, ReadOnlySpan<byte> value) => [(byte)((number << 3) | 2), (byte)value.Length, .. value];
}
