using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Rel4.Streams.Tests")]
