// Tests of what can fail only with TLS: a scheme that a page over https may not use, and certificates. Everything
// else over https is checked with the other openings.
import { makeCertificate } from './certificate.mjs';
import { alert, check, connect, details, onDisk, open, startServer } from './support.mjs';

check('over https a plain address elsewhere is refused in words', async () => {
  const { tlsPort } = await startServer();
  const page = await open(`https://127.0.0.1:${tlsPort}/`);
  await connect(page, 'ws://192.0.2.1/echo');
  await alert(page, 'the browser allows wss:// only');
});

check('a certificate that is not trusted is named among the causes', async () => {
  const { tlsPort } = await startServer({ certificate: makeCertificate('untrusted') });
  const page = await open(onDisk, { mayFail: true });
  await connect(page, `wss://127.0.0.1:${tlsPort}/echo`);
  await details(page).filter({ hasText: 'The certificate of 127.0.0.1 is not trusted' }).filter({ hasText: `https://127.0.0.1:${tlsPort}/` }).waitFor();
});
