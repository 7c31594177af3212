using System.Diagnostics;
using System.Text;
using Rel4.Samples.Kv.Store;

namespace Rel4.Kv.Tests.Store;

/// <summary>Tests patterns of keys.</summary>
public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("h?llo", "hello", true)]
    [InlineData("h?llo", "hllo", false)]
    [InlineData("h*llo", "heeeello", true)]
    [InlineData("h*l*o", "hello", true)]
    [InlineData("h*x", "hello", false)]
    [InlineData("h[ae]llo", "hallo", true)]
    [InlineData("h[ae]llo", "hillo", false)]
    [InlineData("h[^e]llo", "hallo", true)]
    [InlineData("h[^e]llo", "hello", false)]
    [InlineData("h[a-c]llo", "hbllo", true)]
    [InlineData("h[c-a]llo", "hbllo", true)]
    [InlineData("h[a-c]llo", "hdllo", false)]
    [InlineData("h\\*llo", "h*llo", true)]
    [InlineData("h\\*llo", "hello", false)]
    [InlineData("h[\\]]llo", "h]llo", true)]
    [InlineData("[ab", "a", true)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("user:*:name", "user:12:name", true)]
    [InlineData("user:*:name", "user:12:names", false)]
    public void Match_OfAPattern_IsAsInRedis(string pattern, string text, bool isMatch) =>
        Assert.Equal(isMatch, GlobPattern.IsMatch(Encoding.ASCII.GetBytes(pattern), Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Match_OfManyStars_TakesNoExponentialTime()
    {
        byte[] pattern = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*a", 50)) + "b");
        byte[] text = Encoding.ASCII.GetBytes(new string('a', 1000));
        long start = Stopwatch.GetTimestamp();

        Assert.False(GlobPattern.IsMatch(pattern, text));

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }
}
